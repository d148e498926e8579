terminal-name = Liangma health code
on = Next
open = Open
cancel = Stop
progress = Working on it. Please wait.
progress-face = Waiting for the face check
progress-refresh = Updating. Your code works now.
wait-please = Please wait
wait-seconds = Wait { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
 } and try again.
state-unknown = Something went wrong.
state-unknown-act = Try again in a while.
moment = { $day } { $name }, { $time }
announce-lit = Your code is lit
announce-colour-changed = Your code was updated
# around the code
announce-expired = Your code has ended
announce-hour-left = Less than one hour is left
not-now = Not now
how-many = { $count }
offline = No network. Your code works.
