# The image of the package. Make the package first: npm ci && npm run package
# The tag moves with its security updates. For a build that can be repeated, replace it with the digest of the day.
FROM gcr.io/distroless/nodejs24-debian13:nonroot

COPY --chmod=0444 dist/package/package.json dist/package/auditor.js dist/package/LICENSES.txt /app/

# The user `nonroot` of the base image, as a number, so that Kubernetes can check it. Its home is the only place to write.
USER 65532:65532
WORKDIR /home/nonroot

# V8's young generation would grow with the machine's memory.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "/app/auditor.js"]
