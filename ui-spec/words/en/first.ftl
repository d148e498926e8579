language-title = Language
language-choice = Choose a language
view-title = Size of letters
view-choice = Which do you read best?
view-normal = Normal
view-care = Large
view-international = Chinese and English
about-title = What this is
about-is = What it does
about-is-text = 
    It shows your health code, also with no network.

    It says why your code has its colour, and what clears it.
about-is-not = What it does not do
about-is-not-text = 
    It does not record where you go.

    It keeps no picture of your face.

    It serves no other end than the epidemic.

    You can pass without a code: bring your identity card.
about-operator = Who runs it
about-operator-text = 
    The health-code office of your province runs it.

    Call 12345 with questions.
about-on = I see
