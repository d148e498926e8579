closed-title = 打不开
closed-again = 再试一次
closed-repair = 修好它
closed-anew = 重新开始
closed-anew-ask = 真的重新开始吗？
closed-anew-text = 这部手机上的旧码会没有，要重新登录。
closed-anew-yes = 重新开始
closed-anew-no = 先不
