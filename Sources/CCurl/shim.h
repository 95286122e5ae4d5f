#ifndef REHEARSAL_CCURL_SHIM_H
#define REHEARSAL_CCURL_SHIM_H

#include <curl/curl.h>

/* libcurl sets options by functions with variable arguments, which Swift cannot call. */

typedef size_t (*rehearsal_curl_sink)(char *bytes, size_t size, size_t count, void *context);
typedef int (*rehearsal_curl_progress)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

static inline CURLcode rehearsal_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode rehearsal_curl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode rehearsal_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode rehearsal_curl_set_sink(CURL *handle, CURLoption function, rehearsal_curl_sink sink, CURLoption data, void *context) {
    CURLcode code = curl_easy_setopt(handle, function, sink);
    return code == CURLE_OK ? curl_easy_setopt(handle, data, context) : code;
}
static inline CURLcode rehearsal_curl_set_progress(CURL *handle, rehearsal_curl_progress progress, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, progress);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L) : code;
}
static inline long rehearsal_curl_number(CURL *handle, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}
static inline curl_off_t rehearsal_curl_microseconds(CURL *handle, CURLINFO info) {
    curl_off_t value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

#endif
