package main

type depositCmd struct {
	List     depositListCmd     `cmd:"" help:"List deposits, what has waited longest first."`
	Show     depositShowCmd     `cmd:"" help:"Show how a deposit came to be where it is."`
	Allocate depositAllocateCmd `cmd:"" help:"Propose whose a deposit is that waits. Takes two people."`
	Confirm  depositConfirmCmd  `cmd:"" help:"Credit a deposit to the merchant that another person has proposed."`
	Approve  depositApproveCmd  `cmd:"" help:"Credit a deposit that is held for being above the cap."`
	Refuse   depositRefuseCmd   `cmd:"" help:"Say that what waits in review or provisionally is no money. Takes two people."`
	Return   depositReturnCmd   `cmd:"" help:"Say that the bank took a deposit back. Takes two people."`
	Claim    depositClaimCmd    `cmd:"" help:"Claim money in suspense for a merchant."`
	Messages depositMessagesCmd `cmd:"" help:"List what banks have sent and a person must look at."`
	Message  depositMessageCmd  `cmd:"" help:"Show what a bank has sent. The journal notes who looked, and why."`
	Review   depositReviewCmd   `cmd:"" help:"Close the review of a message, or have it read again."`
	Replay   depositReplayCmd   `cmd:"" help:"Try new templates on all that banks ever sent. Credits nothing."`
	Parse    depositParseCmd    `cmd:"" help:"Read banks' messages from files, and say what would be done with them. Stores nothing."`
}
