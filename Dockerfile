# docker build -t viewfinder .
# docker run -p 4000:4000 -v /path/to/pixano:/data viewfinder
FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY LICENSE README.md ./
COPY src src
USER node
EXPOSE 4000
# The container's own network stands between this address and other machines: publish the port only where it may be reached.
ENTRYPOINT ["node", "src/cli/main.ts"]
CMD ["serve", "--host", "0.0.0.0", "--insecure", "--library", "/data/library", "--media", "/data/media", "--models", "/data/models"]
