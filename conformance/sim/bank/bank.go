package bank

import _ "github.com/wneessen/go-mail/smtp"
