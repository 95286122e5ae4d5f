#!/bin/bash
# Whoever reads the file at its next start or reload stumbles over it.
#: fault — a line that nobody understands is added to a file
#: argument file — its path
#: latent
inject() {
  [ -f "$FAULT_FILE" ] || { echo "there is no file $FAULT_FILE" >&2; return 1; }
  cp --preserve=all "$FAULT_FILE" "$FAULT_NOTES" && printf '\n((broken on purpose))\n' >> "$FAULT_FILE"
}
heal() { [ ! -f "$FAULT_NOTES" ] || cp --preserve=all "$FAULT_NOTES" "$FAULT_FILE"; }
