#include "dnssec/workspace.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "dnssec/crypto.h"

struct dnssec_workspace *dnssec_workspace_new(void)
{
    struct dnssec_workspace *workspace = calloc(1, sizeof *workspace);
    if (workspace == NULL)
        return NULL;
    workspace->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    workspace->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    workspace->sha384 = EVP_MD_fetch(NULL, "SHA384", NULL);
    workspace->sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
    workspace->digest = EVP_MD_CTX_new();
    ERR_clear_error();
    if (workspace->sha256 == NULL || workspace->sha384 == NULL || workspace->sha512 == NULL ||
        workspace->digest == NULL) {
        dnssec_workspace_free(workspace);
        return NULL;
    }
    return workspace;
}

void dnssec_workspace_free(struct dnssec_workspace *workspace)
{
    if (workspace == NULL)
        return;
    EVP_MD_free(workspace->sha1);
    EVP_MD_free(workspace->sha256);
    EVP_MD_free(workspace->sha384);
    EVP_MD_free(workspace->sha512);
    EVP_MD_CTX_free(workspace->digest);
    recent_free(&workspace->recent);
    free(workspace);
}
