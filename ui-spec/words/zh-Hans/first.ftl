language-title = 语言
language-choice = 请选语言
view-title = 字的大小
view-choice = 您看着哪种舒服？
view-normal = 普通
view-care = 大字
view-international = 中英双语
about-title = 这是什么
about-is = 它能做什么
about-is-text = 
    出示您的健康码，没有网络也行。

    说清码为什么是这个颜色，怎样恢复。
about-is-not = 它不做什么
about-is-not-text = 
    不记您去过哪里。

    不存您的脸。

    不用于防疫以外的事。

    没有码也能过，请带身份证。
about-operator = 谁在管
about-operator-text = 
    由您所在省的健康码主管部门管。

    有问题打 12345。
about-on = 我知道了
