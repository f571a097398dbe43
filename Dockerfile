# openai-proxy in a small image: built in one stage, run in another without compiler, sources or root.
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build
# The locked Redis client and OpenTelemetry: optional for others, wanted by several replicas and their collectors.
RUN mkdir /optional && mv node_modules/@redis node_modules/@opentelemetry /optional/ \
  && npm ci --omit=dev --ignore-scripts && cp -r /optional/. node_modules/

FROM node:22-bookworm-slim
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
# The only folders that are written to.
RUN mkdir logs recordings && chown node:node logs recordings
USER node
# Beyond loopback the proxy starts only with PROXY_TOKENS.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/_proxy/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli.js"]
