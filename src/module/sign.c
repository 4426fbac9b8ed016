/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Signs modules. Key and certificate are only read after they are opened, which libcrypto allows
 * from several threads at a time. All other objects are made for each signature.
 */
#include <stdlib.h>
#include <string.h>

#include "module/crypto.h"
#include "module/sign.h"
#include "module/signature.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/options.h"

/* The kernel's build takes a key's passphrase from this variable. */
#define PASSPHRASE_VARIABLE "KBUILD_SIGN_PIN"

struct rebtf_signer {
	const struct crypto *crypto;
	EVP_PKEY *key;
	X509 *cert;
	const EVP_MD *hash;
};

/* An error that ends with libcrypto's first reason. Empties libcrypto's error queue. */
static struct rebtf_error *crypto_error(const struct crypto *crypto, enum rebtf_error_code code,
					const char *what)
{
	unsigned long number = crypto->ERR_peek_error();
	const char *reason = crypto->ERR_reason_error_string(number);

	crypto->ERR_clear_error();
	if (ERR_GET_REASON(number) == ERR_R_MALLOC_FAILURE)
		return error_nomem();
	return error_new(code, "%s (libcrypto: %s)", what, reason ?: "no reason given");
}

/* ------------------------------------------------------------------------- keys, certificates */

struct pem_file {
	const struct crypto *crypto;
	struct file_bytes bytes;
	BIO *bio;
};

static struct rebtf_error *pem_file_open(const struct crypto *crypto, const char *path,
					 struct pem_file *file)
{
	file->crypto = crypto;
	TRY(file_read(path, &file->bytes));
	/* An empty file has no memory, which libcrypto would report as an error. */
	file->bio = crypto->BIO_new_mem_buf(file->bytes.size ? (const void *)file->bytes.data : "",
					    (int)file->bytes.size);
	return file->bio ? NULL : error_nomem();
}

static void pem_file_release(struct pem_file *file)
{
	if (!file->crypto)
		return;
	file->crypto->BIO_free_all(file->bio);
	/* It may have been a key. */
	if (file->bytes.size)
		explicit_bzero(file->bytes.data, file->bytes.size);
	file_bytes_release(&file->bytes);
}

struct passphrase {
	bool wanted; /* the key is encrypted */
	const char *value;
};

/* Never ask at a terminal: builds run without one. */
static int give_passphrase(char *buffer, int size, int writing, void *arg)
{
	struct passphrase *passphrase = arg;
	size_t length;

	(void)writing;
	passphrase->wanted = true;
	if (!passphrase->value)
		return -1;
	length = strlen(passphrase->value);
	if (length > (size_t)size)
		return -1;
	memcpy(buffer, passphrase->value, length);
	return (int)length;
}

static struct rebtf_error *read_key(struct rebtf_signer *signer, const char *path)
{
	_cleanup_(pem_file_release) struct pem_file file = {};
	struct passphrase passphrase = { .value = getenv(PASSPHRASE_VARIABLE) };

	TRY(pem_file_open(signer->crypto, path, &file));
	signer->crypto->ERR_clear_error();
	signer->key = signer->crypto->PEM_read_bio_PrivateKey(file.bio, NULL, give_passphrase,
							      &passphrase);
	if (signer->key)
		return NULL;
	if (passphrase.wanted && !passphrase.value) {
		signer->crypto->ERR_clear_error();
		return error_new(REBTF_ERR_FORMAT,
				 "encrypted key without a passphrase: set " PASSPHRASE_VARIABLE
				 " in the environment");
	}
	return crypto_error(signer->crypto, REBTF_ERR_FORMAT,
			    passphrase.wanted
				    ? "cannot decrypt with the passphrase in " PASSPHRASE_VARIABLE
				    : "not a private key in PEM");
}

static struct rebtf_error *read_cert(struct rebtf_signer *signer, const char *path)
{
	_cleanup_(pem_file_release) struct pem_file file = {};
	bool der;

	TRY(pem_file_open(signer->crypto, path, &file));
	/* DER starts with the tag of a SEQUENCE and a length of several bytes, unlike any text. */
	der = file.bytes.size > 1 && file.bytes.data[0] == 0x30 && file.bytes.data[1] >= 0x80;
	signer->crypto->ERR_clear_error();
	signer->cert = der ? signer->crypto->d2i_X509_bio(file.bio, NULL)
			   : signer->crypto->PEM_read_bio_X509(file.bio, NULL, NULL, NULL);
	if (signer->cert)
		return NULL;
	return crypto_error(signer->crypto, REBTF_ERR_FORMAT,
			    "not an X.509 certificate in PEM or DER");
}

/* Detects problems that affect all modules before the first one. */
static struct rebtf_error *try_to_sign(const struct rebtf_signer *signer)
{
	_cleanup_free_ void *trailer = NULL;
	size_t size;

	return sign_append(signer, NULL, 0, &trailer, &size);
}

static struct rebtf_error *signer_read(struct rebtf_signer *signer, const char *key_path,
				       const char *cert_path, const char *hash)
{
	if (!strncmp(key_path, "pkcs11:", strlen("pkcs11:")))
		return error_at(error_new(REBTF_ERR_UNSUPPORTED,
					  "unsupported key in a PKCS#11 token: name a file in PEM"),
				key_path, NULL);
	TRY(crypto_get(&signer->crypto));
	signer->hash = signer->crypto->EVP_get_digestbyname(hash);
	if (!signer->hash)
		return error_new(REBTF_ERR_UNSUPPORTED, "libcrypto does not support hash '%s'",
				 hash);
	TRY(error_at(read_key(signer, key_path), key_path, NULL));
	TRY(error_at(read_cert(signer, cert_path), cert_path, NULL));
	signer->crypto->ERR_clear_error();
	if (!signer->crypto->X509_check_private_key(signer->cert, signer->key)) {
		signer->crypto->ERR_clear_error();
		return error_at(error_new(REBTF_ERR_FORMAT,
					  "certificate belongs to another key than %s", key_path),
				cert_path, NULL);
	}
	return error_at(try_to_sign(signer), key_path, NULL);
}

struct rebtf_error *rebtf_signer_open(const char *key_path, const char *cert_path,
				      const struct rebtf_signer_options *options,
				      struct rebtf_signer **signer)
{
	struct rebtf_signer_options all;
	struct rebtf_signer *opened;
	struct rebtf_error *err;

	TRY(OPTIONS_COPY(rebtf_signer_options, &all, options));
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return error_nomem();
	err = signer_read(opened, key_path, cert_path, all.hash ?: "sha256");
	if (err)
		rebtf_signer_free(opened);
	else
		*signer = opened;
	return err;
}

void rebtf_signer_free(struct rebtf_signer *signer)
{
	if (!signer)
		return;
	if (signer->crypto) {
		signer->crypto->EVP_PKEY_free(signer->key);
		signer->crypto->X509_free(signer->cert);
	}
	free(signer);
}

/* ------------------------------------------------------------------------------------- signing */

/* A signature under construction. Bytes written to @content are hashed and discarded. */
struct signing {
	const struct crypto *crypto;
	CMS_ContentInfo *cms;
	BIO *content;
};

static void signing_release(struct signing *s)
{
	s->crypto->BIO_free_all(s->content);
	s->crypto->CMS_ContentInfo_free(s->cms);
}

static bool signing_start(struct signing *s, const struct rebtf_signer *signer)
{
	const unsigned int common = CMS_NOCERTS | CMS_BINARY;

	/* Partial: the signer and the content follow. */
	s->cms = s->crypto->CMS_sign(NULL, NULL, NULL, NULL, common | CMS_DETACHED | CMS_PARTIAL);
	if (!s->cms || !s->crypto->CMS_add1_signer(s->cms, signer->cert, signer->key, signer->hash,
						   common | CMS_NOATTR | CMS_NOSMIMECAP))
		return false;
	s->content = s->crypto->CMS_dataInit(s->cms, NULL);
	return s->content;
}

static bool signing_add(struct signing *s, const struct iovec *piece)
{
	size_t written;

	for (size_t done = 0; done < piece->iov_len; done += written) {
		if (!s->crypto->BIO_write_ex(s->content, (const char *)piece->iov_base + done,
					     piece->iov_len - done, &written))
			return false;
	}
	return true;
}

struct rebtf_error *sign_append(const struct rebtf_signer *signer, const struct iovec *pieces,
				size_t count, void **trailer, size_t *trailer_size)
{
	_cleanup_(signing_release) struct signing s = { .crypto = signer->crypto };
	uint8_t *bytes, *end;
	bool ok;
	int size = 0;

	s.crypto->ERR_clear_error();
	ok = signing_start(&s, signer);
	for (size_t i = 0; ok && i < count; i++)
		ok = signing_add(&s, &pieces[i]);
	if (ok && s.crypto->CMS_dataFinal(s.cms, s.content))
		size = s.crypto->i2d_CMS_ContentInfo(s.cms, NULL);
	if (size <= 0)
		return crypto_error(s.crypto, REBTF_ERR_UNSUPPORTED,
				    "cannot sign with this key and this hash");

	bytes = malloc((size_t)size + SIGNATURE_END_SIZE);
	if (!bytes)
		return error_nomem();
	end = bytes;
	if (s.crypto->i2d_CMS_ContentInfo(s.cms, &end) != size) {
		free(bytes);
		return error_nomem();
	}
	signature_end((uint32_t)size, end);
	*trailer = bytes;
	*trailer_size = (size_t)size + SIGNATURE_END_SIZE;
	return NULL;
}

struct rebtf_error *sign_unsigned_size(const uint8_t *image, size_t size, bool may_drop,
				       size_t *unsigned_size)
{
	*unsigned_size = size;
	if (!signature_present(image, size))
		return NULL;
	if (!may_drop)
		return error_new(REBTF_ERR_SIGNED,
				 "the module is signed, but a change would break its signature");
	return signature_start(image, size, unsigned_size);
}

struct rebtf_error *sign_output(const struct rebtf_signer *signer, struct elf_output *output,
				void **trailer)
{
	size_t size;

	if (!signer)
		return NULL;
	TRY(sign_append(signer, output->pieces.items, output->pieces.count, trailer, &size));
	if (!elf_pieces_append(&output->pieces, iovec_of(*trailer, size)))
		return error_nomem();
	output->size += size;
	return NULL;
}
