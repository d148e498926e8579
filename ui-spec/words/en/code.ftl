code-title = Show code
code-card = Health code
code-actions = What you can do
code-why = Why this colour
code-what-now = What to do now
code-enlarge = Enlarge
code-smaller = Tap to make it small again
code-move = Move code
code-move-now = Now: { $place }
position-top = top
position-middle = middle
position-bottom = bottom
position-turned = turned around
code-refresh = Update
code-updating = Updating. Your code works now.
code-read-aloud = Read aloud
code-offline-until = Works offline until { $time }
code-covered-until = Good until { $time }
code-updated = Updated { $time }
code-look = Look
code-again = Try again
code-go-on = Go on
code-more = More
code-notices = Messages
code-outbox = Waiting to be sent
code-ready = How long it works offline
code-without = Pass without a code
code-hotlines = Call for help
code-data = My data
code-devices = My phones
code-settings = Settings
offline-act = Use your code as always. It updates by itself.
offline-no-code = No network.
offline-no-code-act = Go online and try again. You can pass without a code.
battery-low = The battery is low. The screen is less bright.
battery-low-act = Your code works. If the phone goes off, show your card.
tiles = Test and vaccine
tile-test = Nucleic acid test
tile-vaccination = Vaccine
tile-as-of = As of { $time }
test-none = No negative test
test-24 = Negative within 24 hours
test-48 = Negative within 48 hours
test-72 = Negative within 72 hours
test-older = Negative, more than 72 hours ago
vaccination-unknown = Not on record
vaccination-partial = Not all shots yet
vaccination-full = All shots done
vaccination-booster = Booster done
ready-until = Works offline until
ready-not = It may not work offline for long.
ready-not-act = Go online and update once.
ready-code = The code is here until
ready-reasons = The reasons are here
ready-missing = Not yet. Please update.
ready-clock = Time
ready-clock-trusted = Right
ready-clock-estimated = Estimated, good enough
ready-clock-unknown = Not known. Go online and update.
ready-updated = Last update
ready-network = Network
ready-network-none = None now
ready-network-fine = Fine
code-guest = Lend it to show a code
guest-about = 
    Somebody without a phone can show a code here.

    After ten minutes all of it is erased. Nothing stays.
guest-how = 
    They log in with their own name and document.

    The login code can come by a call or at a counter.

    Your own code stays, but not on the screen meanwhile.
guest-begin = Begin
guest-until = Time left
guest-end = Done. Erase it now.
guest-end-ask = Are you done?
guest-end-text = The code here and all that was typed is erased.
guest-end-yes = Erase it
