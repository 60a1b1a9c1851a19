/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading and unloading the module by system call, so that errors are exact.
 */
#ifndef HELPERS_MODULE_H
#define HELPERS_MODULE_H

const char *module_path(void);
int module_loaded(void);
int module_load(const char *parameters);
int module_unload(void);
int module_reload(const char *parameters);

#endif /* HELPERS_MODULE_H */
