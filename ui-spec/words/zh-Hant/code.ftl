code-title = 亮碼
code-card = 健康碼
code-actions = 可以做的
code-why = 為什麼是這個顏色
code-what-now = 下一步怎麼辦
code-enlarge = 放大
code-smaller = 點一下，縮回去
code-move = 換個位置
code-move-now = 現在在{ $place }
position-top = 上面
position-middle = 中間
position-bottom = 下面
position-turned = 倒過來
code-refresh = 更新
code-updating = 正在更新，可先用
code-read-aloud = 讀給我聽
code-offline-until = 可離線使用至 { $time }
code-covered-until = 可用至 { $time }
code-updated = 更新於 { $time }
code-look = 看看
code-again = 再試一次
code-go-on = 接著辦
code-more = 更多
code-notices = 消息
code-outbox = 等著發的
code-ready = 沒網能用到什麼時候
code-without = 沒有碼也能過
code-hotlines = 打電話問
code-data = 我的資料
code-devices = 我的手機
code-settings = 設定
offline-act = 碼可以照常用。有網會自動更新。
offline-no-code = 沒有網路。
offline-no-code-act = 請連上網再試；沒有碼也能過。
battery-low = 電量不到一成，螢幕不會太亮。
battery-low-act = 碼可以用。沒電了，請出示身分證。
tiles = 檢測和疫苗
tile-test = 核酸檢測
tile-vaccination = 疫苗
tile-as-of = { $time } 的結果
test-none = 沒有陰性記錄
test-24 = 24小時內陰性
test-48 = 48小時內陰性
test-72 = 72小時內陰性
test-older = 陰性，超過72小時
vaccination-unknown = 沒有記錄
vaccination-partial = 還沒打完
vaccination-full = 已打完
vaccination-booster = 已打加強針
ready-until = 沒網可用到
ready-not = 沒網時可能用不了太久。
ready-not-act = 請連網更新一次。
ready-code = 碼在手機裡，可用到
ready-reasons = 原因在手機裡
ready-missing = 還沒有，請更新
ready-clock = 時間
ready-clock-trusted = 準確
ready-clock-estimated = 估計的，可以用
ready-clock-unknown = 不確定，請連網更新
ready-updated = 上次更新
ready-network = 網路
ready-network-none = 現在沒有
ready-network-fine = 正常
code-guest = 借給別人亮碼
guest-about = 
    別人沒帶手機，可以在這裡亮他的碼。

    最多十分鐘，到時自動清除，什麼也不留。
guest-how = 
    他要用自己的姓名和證件登入。

    驗證碼可以打電話聽，也可以到窗口拿。

    您的碼還在，這時不會出現在螢幕上。
guest-begin = 開始
guest-until = 還能用
guest-end = 用完了，馬上清除
guest-end-ask = 用完了嗎？
guest-end-text = 這裡的碼和填的都會清除。
guest-end-yes = 清除
