code-title = 亮码
code-card = 健康码
code-refresh = 更新
