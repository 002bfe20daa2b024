# The image of syncd: one static program, no shell, an ordinary user. Both base images are arguments. FINAL=scratch
# works as well: the program brings all that it needs but certificates, and those come along.
#
#   docker build --build-arg VERSION=$(git describe --tags --always) --build-arg REVISION=$(git rev-parse HEAD) -t syncd .
#
# The same commit and bases give the same program, bit by bit, and with --timestamp of buildah or podman the same image.
# Docker writes the time of the build into its layers; BuildKit's --output type=oci,dest=FILE,rewrite-timestamp=true and
# SOURCE_DATE_EPOCH are against that. The bases are tags, which move.
ARG BUILDER=golang:1.26.8
ARG FINAL=gcr.io/distroless/static-debian12:nonroot

# It compiles for any platform on the one that builds.
FROM --platform=$BUILDPLATFORM ${BUILDER} AS source
ARG GOPROXY
ENV GOPROXY=${GOPROXY} GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0
WORKDIR /src
COPY . .

FROM source AS build
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=unknown
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
	GOOS=${TARGETOS} GOARCH=${TARGETARCH} \
	go build -trimpath -ldflags "-s -w -X main.release=${VERSION}" -o /out/syncd ./cmd/syncd

FROM source AS build-demo-account
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
	GOOS=${TARGETOS} GOARCH=${TARGETARCH} \
	go build -trimpath -ldflags "-s -w" -o /out/demo-account ./cmd/demo-account

# A simulated Zoom account for demonstrations: --target demo-account. Nothing of it is in the image of syncd.
FROM ${FINAL} AS demo-account
LABEL org.opencontainers.image.title="syncd demo account" \
	org.opencontainers.image.description="A simulated Zoom account, to show syncd without a real one"
COPY --from=build-demo-account /out/demo-account /demo-account
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/demo-account"]

FROM ${FINAL} AS syncd
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="syncd" \
	org.opencontainers.image.description="Keeps a Postgres mirror of every Zoom Phone user of an account" \
	org.opencontainers.image.version="${VERSION}" \
	org.opencontainers.image.revision="${REVISION}"
COPY --from=source /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/syncd /syncd
USER 65532:65532
EXPOSE 9090
ENTRYPOINT ["/syncd"]
CMD ["run"]
