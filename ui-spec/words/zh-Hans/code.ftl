code-title = 亮码
code-card = 健康码
code-actions = 可以做的
code-why = 为什么是这个颜色
code-what-now = 下一步怎么办
code-enlarge = 放大
code-smaller = 点一下，缩回去
code-move = 换个位置
code-move-now = 现在在{ $place }
position-top = 上面
position-middle = 中间
position-bottom = 下面
position-turned = 倒过来
code-refresh = 更新
code-updating = 正在更新，可先用
code-read-aloud = 读给我听
code-offline-until = 可离线使用至 { $time }
code-covered-until = 可用至 { $time }
code-updated = 更新于 { $time }
code-look = 看看
code-again = 再试一次
code-go-on = 接着办
code-more = 更多
code-notices = 消息
code-outbox = 等着发的
code-ready = 没网能用到什么时候
code-without = 没有码也能过
code-hotlines = 打电话问
code-data = 我的资料
code-devices = 我的手机
code-settings = 设置
offline-act = 码可以照常用。有网会自动更新。
offline-no-code = 没有网络。
offline-no-code-act = 请连上网再试；没有码也能过。
battery-low = 电量不到一成，屏幕不会太亮。
battery-low-act = 码可以用。没电了，请出示身份证。
tiles = 检测和疫苗
tile-test = 核酸检测
tile-vaccination = 疫苗
tile-as-of = { $time } 的结果
test-none = 没有阴性记录
test-24 = 24小时内阴性
test-48 = 48小时内阴性
test-72 = 72小时内阴性
test-older = 阴性，超过72小时
vaccination-unknown = 没有记录
vaccination-partial = 还没打完
vaccination-full = 已打完
vaccination-booster = 已打加强针
ready-until = 没网可用到
ready-not = 没网时可能用不了太久。
ready-not-act = 请连网更新一次。
ready-code = 码在手机里，可用到
ready-reasons = 原因在手机里
ready-missing = 还没有，请更新
ready-clock = 时间
ready-clock-trusted = 准确
ready-clock-estimated = 估计的，可以用
ready-clock-unknown = 不确定，请连网更新
ready-updated = 上次更新
ready-network = 网络
ready-network-none = 现在没有
ready-network-fine = 正常
code-guest = 借给别人亮码
guest-about = 
    别人没带手机，可以在这里亮他的码。

    最多十分钟，到时自动清除，什么也不留。
guest-how = 
    他要用自己的姓名和证件登录。

    验证码可以打电话听，也可以到窗口拿。

    您的码还在，这时不会出现在屏幕上。
guest-begin = 开始
guest-until = 还能用
guest-end = 用完了，马上清除
guest-end-ask = 用完了吗？
guest-end-text = 这里的码和填的都会清除。
guest-end-yes = 清除
