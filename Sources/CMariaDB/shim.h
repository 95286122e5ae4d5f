#ifndef REHEARSAL_CMARIADB_SHIM_H
#define REHEARSAL_CMARIADB_SHIM_H

#include <mysql.h>

#endif
