FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY budgetbot ./budgetbot
COPY policies ./policies
RUN python -m venv /opt/budgetbot && /opt/budgetbot/bin/pip install --no-cache-dir '.[postgres,charts]'

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home --home-dir /data budgetbot
COPY --from=build /opt/budgetbot /opt/budgetbot
COPY policies /etc/budgetbot/policies
ENV PATH=/opt/budgetbot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BUDGETBOT_DATABASE_URL=sqlite:////data/budgetbot.db \
    BUDGETBOT_POLICIES=/etc/budgetbot/policies
USER budgetbot
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ.get('BUDGETBOT_HTTP_PORT', '8080')}/healthz\", timeout=4)"]
CMD ["budgetbot", "run"]
