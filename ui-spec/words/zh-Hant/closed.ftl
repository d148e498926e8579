closed-title = 打不開
closed-again = 再試一次
closed-repair = 修好它
closed-anew = 重新開始
closed-anew-ask = 真的重新開始嗎？
closed-anew-text = 這部手機上的舊碼會沒有，要重新登入。
closed-anew-yes = 重新開始
closed-anew-no = 先不
