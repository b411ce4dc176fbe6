#!/bin/bash
# Costguard on a notebook: the heartbeat, which tells CloudWatch what it does, and the defaults of
# the SageMaker SDK, by which jobs carry its tags. Runs as root; downloads nothing. Its role needs
# cloudwatch:PutMetricData and sagemaker:ListTags.
set -eu
mkdir -p /opt/costguard
# lifecycle/heartbeat.py, packed: a lifecycle script may have 16,384 characters.
base64 -d <<'PACKED' >/opt/costguard/heartbeat.z
@HEARTBEAT@
PACKED
python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))' \
  </opt/costguard/heartbeat.z >/opt/costguard/heartbeat.py
echo '* * * * * root python3 /opt/costguard/heartbeat.py >/dev/null 2>&1' >/etc/cron.d/costguard
chmod 644 /etc/cron.d/costguard
cat >/opt/costguard/sdk_defaults.py <<'DEFAULTS'
@DEFAULTS@
DEFAULTS
python3 /opt/costguard/sdk_defaults.py
