# Inkling with the bundle that ships, served on port 8000 by an unprivileged user; the root file system may be read-only.
#
#   docker build -t inkling .
#   docker run --rm -p 127.0.0.1:8000:8000 -e INKLING_ALLOW_ANONYMOUS=true inkling
#
# Inside a container the service listens on every address, so it refuses to start until it is told who may use it:
# INKLING_ALLOW_ANONYMOUS=true for everybody who reaches the port, or INKLING_API_KEYS=FILE for holders of a key.

FROM python:3.11-slim AS build
# Passed to every `pip install` as it stands: another package index, CPU-only wheels, a proxy.
ARG PIP_OPTIONS=""
# [torch] for the reference runtime and CUDA; serving on a CPU needs no extra.
ARG EXTRAS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/inkling
ENV PATH=/opt/inkling/bin:$PATH
WORKDIR /src
# Dependencies first, so that a change of the source does not download them again.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
      > requirements.txt \
 && pip install ${PIP_OPTIONS} --constraint constraints.txt --requirement requirements.txt
COPY README.md LICENSE* NOTICE* ./
COPY inkling/ inkling/
COPY models/ models/
COPY service/ service/
RUN pip install ${PIP_OPTIONS} --constraint constraints.txt ".${EXTRAS}"

FROM python:3.11-slim
RUN groupadd --gid 10001 inkling \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin inkling \
 && install -d -m 700 -o 10001 -g 10001 /data
COPY --from=build /opt/inkling /opt/inkling
ENV PATH=/opt/inkling/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ENV INKLING_HOST=0.0.0.0 INKLING_PORT=8000
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['INKLING_PORT'] + '/livez', timeout=2)"]
ENTRYPOINT ["inkling"]
CMD ["serve"]
