#include "CUptimeLinux.h"
