terminal-name = Liangma health code
on = Next
open = Open
cancel = Stop
progress = Working on it. Please wait.
progress-face = Waiting for the face check
progress-refresh = Updating. Your code works now.
progress-make = Getting your code. It takes some seconds.
wait-please = Please wait
wait-seconds = Wait { $count ->
    [one] one second
   *[other] { $count } seconds
 } and try again.
wait-minutes = Wait { $count ->
    [one] one minute
   *[other] { $count } minutes
 } and try again.
wait-hours = Wait { $count ->
    [one] one hour
   *[other] { $count } hours
 } and try again.
way-out = Go there
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
