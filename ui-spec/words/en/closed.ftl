closed-title = It does not open
closed-again = Try again
closed-repair = Repair it
closed-anew = Begin anew
closed-anew-ask = Begin anew?
closed-anew-text = The old code on this phone goes. You log in again.
closed-anew-yes = Begin anew
closed-anew-no = Not now
