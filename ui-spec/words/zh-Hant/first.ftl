language-title = 語言
language-choice = 請選語言
view-title = 字的大小
view-choice = 您看著哪種舒服？
view-normal = 普通
view-care = 大字
view-international = 中英雙語
about-title = 這是什麼
about-is = 它能做什麼
about-is-text = 
    出示您的健康碼，沒有網絡也行。

    說清碼為什麼是這個顏色，怎樣恢復。
about-is-not = 它不做什麼
about-is-not-text = 
    不記您去過哪裡。

    不存您的臉。

    不用於防疫以外的事。

    沒有碼也能過，請帶身分證。
about-operator = 誰在管
about-operator-text = 
    由您所在省的健康碼主管部門管。

    有問題打 12345。
about-on = 我知道了
