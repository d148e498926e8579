consent-text = 說明
consent-agree = 同意
consent-refuse = 不同意
consent-health-code-title = 同意做健康碼嗎？
consent-health-code-text =
    平臺用您的姓名、證件和手機號碼認出您。

    醫院和疾控交來的結果決定顏色。

    只用於防疫。隨時可以收回同意。
consent-health-code-refused = 您沒有同意，所以沒有健康碼。
consent-health-code-refused-act = 沒有碼也能過：請帶身份證，現場登記。
consent-face-check-title = 同意刷一次臉嗎？
consent-face-check-text =
    刷臉由另外的單位做，只比對一次。

    我們和這部手機都收不到您的臉。

    不刷臉也能辦：櫃檯看證件就行。
consent-face-check-refused = 您沒有同意刷臉。
consent-face-check-refused-act = 不刷臉也能辦，請到櫃檯。
consent-health-declaration-title = 同意申報健康嗎？
consent-health-declaration-text =
    您填的體溫和不舒服會交給平臺。

    發燒可能讓碼變顏色，會說明原因。

    只用於防疫。隨時可以收回同意。
consent-trip-declaration-title = 同意申報行程嗎？
consent-trip-declaration-text =
    您填的從哪來、到哪去會交給平臺。

    不看您的定位，只有您填的。

    只用於防疫。隨時可以收回同意。
consent-declaration-refused = 您沒有同意，所以不會發出。
consent-declaration-refused-act = 填的還在；碼不受影響。
