code-title = 亮碼
code-card = 健康碼
code-refresh = 更新
