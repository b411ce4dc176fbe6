#!/bin/bash
# Costguard's heartbeat: tells CloudWatch every minute what this notebook is doing.
# Runs as root at each start; downloads nothing; the notebook's role needs cloudwatch:PutMetricData.
set -eu
mkdir -p /opt/costguard
cat >/opt/costguard/heartbeat.py <<'HEARTBEAT'
@HEARTBEAT@
HEARTBEAT
echo '* * * * * root python3 /opt/costguard/heartbeat.py >/dev/null 2>&1' >/etc/cron.d/costguard
chmod 644 /etc/cron.d/costguard
