consent-text = What you agree to
consent-agree = I agree
consent-refuse = I do not agree
consent-health-code-title = May we make your health code?
consent-health-code-text =
    The platform knows you by name, document and phone.

    What hospitals and disease control report gives the colour.

    It serves the epidemic only. You can take your consent back.
consent-health-code-refused = You did not agree, so there is no code.
consent-health-code-refused-act = You can pass without one: bring your card and register.
consent-face-check-title = May your face be compared once?
consent-face-check-text =
    Somebody else compares your face, once.

    No picture of it reaches us or stays on this phone.

    You need no face check: a counter looks at your document.
consent-face-check-refused = You did not agree to a face check.
consent-face-check-refused-act = No face needed: go to a counter.
consent-health-declaration-title = May we take your health report?
consent-health-declaration-text =
    What you fill in goes to the platform.

    A fever may change the colour. You are told why.

    It serves the epidemic only. You can take your consent back.
consent-trip-declaration-title = May we take your trip report?
consent-trip-declaration-text =
    The places you fill in go to the platform.

    We do not follow your phone. Only what you type counts.

    It serves the epidemic only. You can take your consent back.
consent-declaration-refused = You did not agree, so nothing is sent.
consent-declaration-refused-act = What you filled in is kept. Your code is not changed.
