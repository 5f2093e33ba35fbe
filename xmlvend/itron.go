package xmlvend

// itron is the dialect of the Itron (Actaris) server of Eskom and of the clients
// written for it. Its faults are those of the standard, with a code in front of the
// texts.
var itron = &Dialect{
	name: "itron",
	rules: []rule{
		{"message-id-date", messageIDDate},
		{"message-id-number", messageIDNumber},
		{"ext-meter-detail-without-track", extMeterDetailWithoutTrack},
	},
	form: faultForm{
		codes: map[FaultClass]string{
			UnknownMeterEx:          "010038",
			ClientIDAuthorisationEx: "010032",
		},
		codeInText: true,
		heading:    dispError,
		actor:      true,
	},
	eskom: true,
}
