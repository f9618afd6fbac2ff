# The action's image: a Python that holds just what the action runs on, everything compiled at
# build time, and nothing else; not even a shell. A page can't wait for more.
FROM python:3.13-slim@sha256:ffb752e139c0a19692a43af8d8523b274222dd68eebad5d583b45c2201c6e30a AS build
WORKDIR /build
COPY requirements/action.txt requirements.txt
RUN python3 -m pip install --no-cache-dir --no-compile --no-deps --require-hashes \
      --target /app/lib -r requirements.txt \
    # actions-toolkit ships its tests as a package named `tests`; scripts serve nobody here.
    && rm -rf /app/lib/tests /app/lib/bin
COPY entrypoint.py /app/
COPY src/pd_incident_action /app/src/pd_incident_action
# What `setup` installs, some kB.
COPY port /app/port
COPY examples/workflows /app/examples/workflows
# Compiled code without sources: the base image has none compiled, and a fresh container would
# compile the standard library anew for every page (0.6 s). Docstrings (-o 2) cost 8 ms to load.
WORKDIR /usr/local/lib/python3.13
RUN rm -rf config-3.13-* curses dbm ensurepip idlelib lib2to3 pydoc_data site-packages/* sqlite3 \
      test tkinter turtledemo venv wsgiref xmlrpc \
      lib-dynload/_sqlite3.* lib-dynload/_tkinter.* lib-dynload/_curses* lib-dynload/_test* \
      lib-dynload/_dbm.* lib-dynload/_gdbm.* lib-dynload/readline.* lib-dynload/xxlimited* \
    && python3 -m compileall -q -b -o 2 --invalidation-mode unchecked-hash . /app/lib /app/src \
    && find . /app/lib /app/src -name '*.py' -delete \
    && find . /app/lib -name '__pycache__' -prune -exec rm -rf {} +
# The interpreter with the shared libraries that it and its modules load.
WORKDIR /build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN mkdir -p /image && mkdir -m 1777 /image/tmp \
    && find /usr/local/bin/python3.13 /usr/local/lib/python3.13/lib-dynload /app/lib \
      -type f \( -name '*.so' -o -name python3.13 \) -exec ldd {} + \
      | grep -o '/[^ :]*\.so[^ :]*' | xargs realpath -s | sort -u > libraries.txt \
    && tar -ch -T libraries.txt /etc/ld.so.cache /etc/os-release /usr/local/bin/python3.13 \
      /usr/local/lib/python3.13 /app | tar -x -C /image
# Debian's records of the packages that these libraries belong to (OpenSSL, the C library): without
# a package database, an SBOM and scanners would not see them.
RUN mkdir -p /image/var/lib/dpkg/status.d \
    && sed 's|.*/|*/|' libraries.txt | { xargs -n 1 dpkg-query --search 2> /dev/null || true; } \
      | cut -d : -f 1 | sort -u > packages.txt && grep -q libc6 packages.txt \
    && xargs -I NAME sh -c 'dpkg-query --status NAME > /image/var/lib/dpkg/status.d/NAME' < packages.txt

FROM scratch
LABEL org.opencontainers.image.title="pd-incident-action" \
      org.opencontainers.image.description="Page the right people, exactly once" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /image /
ENV LANG=C.UTF-8
# No USER: the runner's files (GITHUB_OUTPUT and others) belong to root, and GitHub asks for it:
# https://docs.github.com/en/actions/reference/dockerfile-support-for-github-actions#user
# -I keeps the workspace, which is the current directory, and PYTHON* variables out of the imports;
# -S leaves out the search for installed packages, 3 ms. Python ignores lazy_imports before 3.15, and
# imports what a run doesn't use no more from then on.
ENTRYPOINT ["/usr/local/bin/python3.13", "-I", "-S", "-OO", "-X", "lazy_imports=all", "/app/entrypoint.py"]
