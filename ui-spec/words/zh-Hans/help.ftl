hotlines-about = 120不收钱，手机没钱也能打。
hotlines-urgent = 有生命危险，先打120，不用看码。
call-12345 = 12345 问健康码
call-12345-hours = 全天
call-12345-text = 不方便说话，可在12345网站上打字。
call-120 = 120 急救
call-120-hours = 全天
call-120-text = 不方便说话，请身边的人代打。
without-register = 用身份证登记
without-register-how = 
    给工作人员看身份证。

    他们登记后，您就能过。
without-paper = 用纸质码
without-paper-how = 
    到社区窗口，可以打印一张。

    带着它，和手机上的一样用。
without-relative = 请家人代查
without-relative-how = 
    家人可以用他们的手机替您办。

    请带好您的身份证。
without-counter = 到窗口办
without-counter-how = 
    社区窗口可以替您查、替您填。

    不用手机，也不用刷脸。
code-check = 验别人的码
check-about = 
    这部手机可以查验别人的码，比如在门口。

    不存姓名，不存照片，只数次数，用完就清除。
check-how = 
    请先连一次网，准备好验码用的资料。

    之后没有网也能验。
check-begin = 开始
