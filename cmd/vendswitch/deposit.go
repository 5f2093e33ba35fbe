package main

type depositCmd struct {
	Parse depositParseCmd `cmd:"" help:"Read banks' messages from files, and say what would be done with them. Stores nothing."`
}
