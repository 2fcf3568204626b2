# The worker and the command line in one image. No program of a lane is in it: those are containers of their own.
#
#   docker build --tag openbao-dr:0.1.0 .
#
# Budget: 400 MB unpacked. 92 MB of it are the project's, the rest is Node's own base. The largest part is Temporal's native
# bridge (30 MB), of which only this platform's is kept.

ARG NODE_IMAGE=node:20.20.2-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The build comes after the sources.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && chmod +x dist/client/main.js
# What runs needs neither compilers nor tests, nor the sources and the other platforms' builds of the native bridge. The
# workflows are bundled already: the bundler's own native part goes, too.
RUN npm prune --omit=dev --ignore-scripts \
  && node -e 'const { arch } = process; const keep = { x64: "x86_64", arm64: "aarch64" }[arch] + "-unknown-linux-gnu"; const { readdirSync, rmSync } = require("node:fs"); const releases = "node_modules/@temporalio/core-bridge/releases"; for (const name of readdirSync(releases)) if (name !== keep) rmSync(releases + "/" + name, { recursive: true }); for (const name of ["sdk-core", "src", "ts"]) rmSync("node_modules/@temporalio/core-bridge/" + name, { recursive: true, force: true });' \
  && rm -rf node_modules/@swc/core-* \
  && find dist node_modules -name '*.map' -delete \
  && find node_modules -name '*.d.ts' -delete
# Whose the files of an image are, a new volume's are: each volume of docker-compose.yml has a folder here.
RUN mkdir -p /rootfs/state /rootfs/lanes \
  && for service in temporal postgres infra source target storage edge-infra edge-source edge-target edge-clients; do \
       mkdir "/rootfs/lanes/$service"; done \
  && chmod -R 700 /rootfs/state /rootfs/lanes

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="openbao-dr" \
      org.opencontainers.image.description="Disaster-recovery drills and failovers for OpenBao pairs, as durable Temporal workflows" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"
# No package manager is needed any more.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn-* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* \
  && groupadd --gid 10001 openbao-dr \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin openbao-dr \
  && ln -s /app/dist/client/main.js /usr/local/bin/openbao-dr
COPY --from=build --chown=10001:10001 /rootfs/ /
COPY --from=build /app/package.json /app/docker-compose.yml /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/schemas /app/schemas
COPY --from=build /app/infra/lanes/k3d /app/infra/lanes/k3d
COPY --from=build /app/dist /app/dist
ENV NODE_ENV=production HOME=/tmp OPENBAO_DR_STATE=/state OPENBAO_DR_HEALTH_PORT=8787 OPENBAO_DR_HEALTH_ADDRESS=0.0.0.0 AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
WORKDIR /app
USER 10001:10001
# A worker that is told to stop takes no new work and lets running steps end; 30 s later it cancels them, and 30 s after that
# it leaves them: give it 70 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/dist/worker/programs/check-health.js", "http://127.0.0.1:8787/ready"]
ENTRYPOINT ["openbao-dr"]
CMD ["worker"]
