document-title = My document changed
document-about = An office links the old and the new one. Write a line first.
document-meanwhile = Until then your present code works.
document-not-again = Do not log in with the new one: you would be two people.
document-statement = Which document changed?
document-statement-hint = Such as: I have a new passport. No number needed.
document-send = Send
