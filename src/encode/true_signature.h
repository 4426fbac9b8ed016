/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The signature of a function after the compiler changed it (feature true_signature). clang marks
 * the functions that it changed, and GCC moves removed parameters to the end. Such a function gets
 * the name of its symbol, and only the parameters that callers still pass.
 */
#ifndef REBTF_ENCODE_TRUE_SIGNATURE_H
#define REBTF_ENCODE_TRUE_SIGNATURE_H

#include "encode/function_judge.h"

/* A parameter that callers pass. */
struct true_parameter {
	uint32_t name, member_name; /* strings; the second is 0 unless a member is passed */
	uint32_t type;		    /* node */
	uint32_t index;		    /* in the source */
};

DEFINE_VECTOR(true_parameter_vector, struct true_parameter);

/*
 * Sets @parameters to those that callers of the instance's code pass, without "...". Returns false
 * if they are not in the registers of the calling convention, or if out of memory
 * (@parameters->failed).
 */
bool true_signature(const struct type_view *view, const struct abi_registers *abi,
		    const struct function_instance *instance, const struct parameter_facts *facts,
		    struct true_parameter_vector *parameters);

#endif
