consent-text = 说明
consent-agree = 同意
consent-refuse = 不同意
consent-health-code-title = 同意做健康码吗？
consent-health-code-text =
    平台用您的姓名、证件和手机号认出您。

    医院和疾控交来的结果决定颜色。

    只用于防疫。随时可以收回同意。
consent-health-code-refused = 您没有同意，所以没有健康码。
consent-health-code-refused-act = 没有码也能过：请带身份证，现场登记。
consent-face-check-title = 同意刷一次脸吗？
consent-face-check-text =
    刷脸由另外的单位做，只比对一次。

    我们和这部手机都收不到您的脸。

    不刷脸也能办：窗口看证件就行。
consent-face-check-refused = 您没有同意刷脸。
consent-face-check-refused-act = 不刷脸也能办，请到窗口。
consent-health-declaration-title = 同意申报健康吗？
consent-health-declaration-text =
    您填的体温和不舒服会交给平台。

    发烧可能让码变颜色，会说明原因。

    只用于防疫。随时可以收回同意。
consent-trip-declaration-title = 同意申报行程吗？
consent-trip-declaration-text =
    您填的从哪来、到哪去会交给平台。

    不看您的定位，只有您填的。

    只用于防疫。随时可以收回同意。
consent-declaration-refused = 您没有同意，所以不会发出。
consent-declaration-refused-act = 填的还在；码不受影响。
