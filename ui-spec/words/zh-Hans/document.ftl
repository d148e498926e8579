document-title = 换了证件
document-about = 由窗口把新旧证件连起来。您先写一句。
document-meanwhile = 办好以前，现在的码照常用。
document-not-again = 请不要用新证件重新登录，会成两个人。
document-statement = 什么证件变了？
document-statement-hint = 如：换了新护照。不用写号码。
document-send = 发出
