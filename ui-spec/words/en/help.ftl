hotlines-about = A call to 120 is free, also without credit.
hotlines-urgent = If a life is at risk, call 120 first. No code is needed.
call-12345 = 12345: about your code
call-12345-hours = All day
call-12345-text = If you cannot speak, write on the 12345 website.
call-120 = 120: ambulance
call-120-hours = All day
call-120-text = If you cannot speak, ask somebody near you to call.
without-register = Register with your identity card
without-register-how = 
    Show your identity card to the staff.

    They write you down and you pass.
without-paper = Use a paper code
without-paper-how = 
    A counter can print one for you.

    It works like the one on a phone.
without-relative = Ask a relative
without-relative-how = 
    A relative can do it on their own phone.

    Bring your identity card.
without-counter = Go to a counter
without-counter-how = 
    A counter can look it up and fill it in for you.

    No phone and no face check is needed.
code-check = Check somebody's code
check-about = 
    This phone can check the codes of others, as at a door.

    No name and no picture is kept. It only counts, until you are done.
check-how = 
    Go online once, so that this phone has what it needs.

    After that it works without a network too.
check-begin = Begin
