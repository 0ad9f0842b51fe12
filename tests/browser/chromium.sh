#!/usr/bin/env bash
# Makes sure of a Chromium, its driver and the font of badges: root and CI install what is missing, others are told.
set -euo pipefail

missing() {
    command -v google-chrome >/dev/null || command -v chromium >/dev/null || echo chromium
    command -v chromedriver >/dev/null || echo chromium-driver
    [[ "$(fc-match 'DejaVu Sans' 2>/dev/null)" == DejaVuSans.* ]] || printf '%s\n' fontconfig fonts-dejavu-core
}

# Runs as root without asking; on a machine that is somebody's own, not at all.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif [ -n "${CI:-}" ]; then sudo -n "$@"; else return 1; fi
}

mapfile -t packages < <(missing)
if [ ${#packages[@]} -gt 0 ] && as_root true 2>/dev/null && command -v apt-get >/dev/null; then
    echo "Installing ${packages[*]} (once, less than a minute)…"
    { as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null; } ||
        echo 'apt-get could not install them' >&2
    mapfile -t packages < <(missing)
fi
[ ${#packages[@]} -eq 0 ] || {
    echo 'make test-browser needs Google Chrome or Chromium, its chromedriver and the font DejaVu Sans;' \
        "not here: ${packages[*]}. On Debian, as root: apt-get install ${packages[*]}. Elsewhere, put both on PATH" >&2
    exit 1
}
