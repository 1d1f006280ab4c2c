# docker build -t viewfinder .
# docker run -e VIEWFINDER_TOKENS -p 4000:4000 -v /path/to/pixano:/data viewfinder
FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY LICENSE README.md ./
COPY src src
USER node
EXPOSE 4000
# Other machines may reach this address, so it wants tokens, or VIEWFINDER_INSECURE=true where the port is published to this one alone.
ENTRYPOINT ["node", "src/cli/main.ts"]
CMD ["serve", "--host", "0.0.0.0", "--library", "/data/library", "--media", "/data/media", "--models", "/data/models"]
