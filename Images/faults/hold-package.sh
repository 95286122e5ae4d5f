#!/bin/bash
#: fault — a package is held back
#: argument package — its name
#: latent
inject() { apt-mark hold "$FAULT_PACKAGE"; }
heal() { apt-mark unhold "$FAULT_PACKAGE"; }
