# Kubera, web or worker: the same image, another command. Nothing is compiled: every dependency has a wheel.
FROM python:3.11-slim

# Chromium and fonts draw the exported images; a browser is no part of serving pages.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      chromium fontconfig fonts-dejavu-core fonts-liberation tini \
 && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    NUMBA_CACHE_DIR=/data/numba \
    KUBERA_DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8600

WORKDIR /app
COPY requirements.txt ./
RUN pip install -r requirements.txt

COPY . .
RUN python -m compileall -q app.py server.py serving core db components pages \
 && useradd --system --uid 10001 --create-home --home-dir /home/kubera kubera \
 && install -d -o kubera -g kubera -m 0755 /data

USER kubera
VOLUME /data
EXPOSE 8600

# Healthy means the database answers too; the first start makes the embedded one, hence the grace.
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=5)"]

# tini reaps what outlives its parent and passes SIGTERM on, so that jobs end and the embedded database is closed.
ENTRYPOINT ["tini", "--"]
CMD ["python", "server.py"]
