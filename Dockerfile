# The action's image. Everything is installed and compiled at build time: a page can't wait.
FROM python:3.13-slim@sha256:ffb752e139c0a19692a43af8d8523b274222dd68eebad5d583b45c2201c6e30a AS build
WORKDIR /build
COPY requirements/action.txt requirements.txt
RUN python3 -m pip install --no-cache-dir --no-compile --no-deps --require-hashes \
      --target /app/lib -r requirements.txt \
    # actions-toolkit ships its tests as a package named `tests`; scripts serve nobody here.
    && rm -rf /app/lib/tests /app/lib/bin
COPY entrypoint.py /app/
COPY src/pd_incident_action /app/src/pd_incident_action
# The sources never change in an image, so Python needn't look whether bytecode is still current.
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /app

FROM python:3.13-slim@sha256:ffb752e139c0a19692a43af8d8523b274222dd68eebad5d583b45c2201c6e30a
LABEL org.opencontainers.image.title="pd-incident-action" \
      org.opencontainers.image.description="Page the right people, exactly once" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /app /app
# No USER: the runner's files (GITHUB_OUTPUT and others) belong to root, and GitHub asks for it:
# https://docs.github.com/en/actions/reference/dockerfile-support-for-github-actions#user
# -I keeps the workspace, which is the current directory, and PYTHON* variables out of the imports.
ENTRYPOINT ["python3", "-I", "/app/entrypoint.py"]
