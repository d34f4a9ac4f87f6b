# The image of the package. Make the package first: npm ci && npm run package
# The tag moves with its security updates. For a build that can be repeated, replace it with the digest of the day.
FROM gcr.io/distroless/nodejs24-debian13:nonroot

# Docker 28.1 and newer give this mode to /app too, and a folder that is not executable cannot be entered:
# https://github.com/moby/moby/issues/49851
COPY --chmod=0555 dist/package/package.json dist/package/auditor.js dist/package/LICENSES.txt /app/

# The user `nonroot` of the base image, as a number, so that Kubernetes can check it.
USER 65532:65532
# The only folder that every user may write to. The home of `nonroot` is closed to the users of `docker run --user`.
WORKDIR /tmp

# V8's young generation would grow with the machine's memory.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "/app/auditor.js"]
