# The gateway's image. Its build steps are the scripts that `make` uses, so every test run exercises them.
FROM node:20-slim AS web
WORKDIR /src
COPY scripts/setup-web scripts/
COPY web web
COPY schema.graphql .
RUN scripts/setup-web

FROM python:3.11-slim AS python
WORKDIR /src
COPY scripts/setup-python scripts/
COPY requirements.lock .
RUN PYTHON=python3 LOCK=requirements.lock scripts/setup-python

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home marquee
WORKDIR /src
COPY --from=python /src/.venv .venv
COPY domain domain
COPY datasources datasources
COPY resolvers resolvers
COPY graph graph
COPY engine engine
COPY gateway gateway
COPY --from=web /src/web/dist web/dist
ENV PATH=/src/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MARQUEE_HTTP__HOST=0.0.0.0
USER marquee
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "-m", "gateway", "serve"]
