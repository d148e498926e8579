document-title = 換了證件
document-about = 由櫃檯把新舊證件連起來。您先寫一句。
document-meanwhile = 辦好以前，現在的碼照常用。
document-not-again = 請不要用新證件重新登入，會成兩個人。
document-statement = 什麼證件變了？
document-statement-hint = 如：換了新護照。不用寫號碼。
document-send = 發出
