// Package pos is a point-of-sale terminal: it sells over XMLVend as a shop's
// terminal does, keeps to the rules for message ids and advices, and prints
// slips.
package pos
