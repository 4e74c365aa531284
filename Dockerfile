# The image of both roles: ROLE=api serves HTTP, ROLE=worker runs the jobs. It holds the program and its production dependencies.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts/slim.mjs scripts/
COPY schematics schematics
# The bundled Node is for machines without the right one; this image is the right one.
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && rm -f dist/.built && find dist -name '*.map' -delete

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts/slim.mjs scripts/
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY assets ./assets
# npm, npx and yarn build things; nothing is built here.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* /usr/local/bin/yarn*
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "if (process.env.ROLE === 'worker') process.exit(0); fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Why these two: docs/decisions/0017-memory-and-start.md.
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=60", "dist/main.js"]
