hotlines-about = 120不收錢，手機沒錢也能打。
hotlines-urgent = 有生命危險，先打120，不用看碼。
call-12345 = 12345 問健康碼
call-12345-hours = 全天
call-12345-text = 不方便說話，可在12345網站上打字。
call-120 = 120 急救
call-120-hours = 全天
call-120-text = 不方便說話，請身邊的人代打。
without-register = 用身分證登記
without-register-how = 
    給工作人員看身分證。

    他們登記後，您就能過。
without-paper = 用紙質碼
without-paper-how = 
    到社區窗口，可以列印一張。

    帶著它，和手機上的一樣用。
without-relative = 請家人代查
without-relative-how = 
    家人可以用他們的手機替您辦。

    請帶好您的身分證。
without-counter = 到窗口辦
without-counter-how = 
    社區窗口可以替您查、替您填。

    不用手機，也不用刷臉。
code-check = 驗別人的碼
check-about = 
    這部手機可以查驗別人的碼，比如在門口。

    不存姓名，不存照片，只數次數，用完就清除。
check-how = 
    請先連一次網，準備好驗碼用的資料。

    之後沒有網也能驗。
check-begin = 開始
