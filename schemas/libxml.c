#include "libxml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

#if LIBXML_VERSION >= 21200
typedef const xmlError vs_error;
#else
typedef xmlError vs_error;
#endif

/*
 * No network, no messages on stderr, no DTD: what is not named here stays off, above all NOENT, DTDLOAD, DTDATTR,
 * XINCLUDE, HUGE and RECOVER.
 */
static const int parse_options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT;

/* ---- Loading ---- */

static const char scheme[] = "embed:///";

static struct {
  const char *name;
  const char *text;
  int         size;
} bundled[VS_MAX_FILES];

static int bundled_count;

static xmlParserInputPtr load_bundled(const char *url, const char *id, xmlParserCtxtPtr ctxt) {
  (void)id;
  if (url == NULL || strncmp(url, scheme, sizeof scheme - 1) != 0)
    return NULL;
  const char *name = url + sizeof scheme - 1;
  for (int i = 0; i < bundled_count; i++) {
    if (strcmp(bundled[i].name, name) != 0)
      continue;
    xmlParserInputBufferPtr buffer =
        xmlParserInputBufferCreateMem(bundled[i].text, bundled[i].size, XML_CHAR_ENCODING_NONE);
    if (buffer == NULL)
      return NULL;
    xmlParserInputPtr input = xmlNewIOInputStream(ctxt, buffer, XML_CHAR_ENCODING_NONE);
    if (input == NULL) {
      xmlFreeParserInputBuffer(buffer);
      return NULL;
    }
    input->filename = (char *)xmlStrdup((const xmlChar *)url);
    return input;
  }
  return NULL;
}

void vs_init(void) {
  xmlInitParser();
  xmlSetExternalEntityLoader(load_bundled);
}

int vs_bundle(const char *name, const char *text, int size) {
  if (bundled_count == VS_MAX_FILES)
    return 0;
  bundled[bundled_count].name = name;
  bundled[bundled_count].text = text;
  bundled[bundled_count].size = size;
  bundled_count++;
  return 1;
}

const char *vs_version(void) { return xmlParserVersion; }

/* ---- Reporting ---- */

/* Stands in for a report that could not be allocated, so that a document is never valid for want of memory. */
static vs_report out_of_memory = {
  .kind = VS_MALFORMED, .count = 1, .violations = {{.code = XML_ERR_NO_MEMORY}}
};

/* Adds a violation to *report, which is allocated for the first. Returns NULL when there is no room for it. */
static vs_violation *add(vs_report **report, vs_kind kind) {
  if (*report == NULL) {
    *report = calloc(1, sizeof **report);
    if (*report == NULL) {
      *report = &out_of_memory;
      return NULL;
    }
    (*report)->kind = kind;
  }
  if (*report == &out_of_memory || (*report)->count == VS_MAX_VIOLATIONS)
    return NULL;
  return &(*report)->violations[(*report)->count++];
}

void vs_report_free(vs_report *report) {
  if (report != &out_of_memory)
    free(report);
}

/* Keeps the start of a message and, if it is long, its end: libxml2 quotes the offending value in the middle. */
static void set_message(vs_violation *v, const char *message) {
  if (message == NULL)
    return;
  size_t n = strlen(message);
  if (n < VS_HEAD_SIZE) {
    memcpy(v->head, message, n);
    return;
  }
  size_t head = VS_HEAD_SIZE - 1;
  size_t tail = n - head < VS_TAIL_SIZE - 1 ? n - head : VS_TAIL_SIZE - 1;
  memcpy(v->head, message, head);
  memcpy(v->tail, message + n - tail, tail);
}

static int same_name(const xmlNode *a, const xmlNode *b) {
  return b->type == XML_ELEMENT_NODE && xmlStrEqual(a->name, b->name) &&
         xmlStrEqual(a->ns ? a->ns->href : NULL, b->ns ? b->ns->href : NULL);
}

/* Position of an element among those of its name, from 1; 0 if it is the only one. */
static int position(const xmlNode *node) {
  int at = 1;
  for (const xmlNode *n = node->prev; n != NULL; n = n->prev)
    at += same_name(node, n);
  if (at > 1)
    return at;
  for (const xmlNode *n = node->next; n != NULL; n = n->next)
    if (same_name(node, n))
      return 1;
  return 0;
}

/* Writes the steps from the document element to node, as many as fit whole. Attributes are left to the message. */
static void set_path(vs_violation *v, const xmlNode *node) {
  enum { max_steps = 256 }; /* libxml2's own limit on depth */
  const xmlNode *steps[max_steps];
  int count = 0;
  if (node->type == XML_ATTRIBUTE_NODE)
    node = node->parent;
  for (; node != NULL && node->type != XML_DOCUMENT_NODE && count < max_steps; node = node->parent)
    steps[count++] = node;

  size_t used = 0;
  while (count-- > 0) {
    const xmlNode *n = steps[count];
    const char *ns = n->ns && n->ns->href ? (const char *)n->ns->href : "";
    size_t room = sizeof v->path - used;
    int wrote = snprintf(v->path + used, room, "%c%s%c%s%c%d", VS_STEP, ns, VS_FIELD, (const char *)n->name, VS_FIELD,
                         position(n));
    if (wrote < 0 || (size_t)wrote >= room) {
      v->path[used] = '\0';
      return;
    }
    used += (size_t)wrote;
  }
}

/* ---- Parsing ---- */

/* Keeps the first error alone: those that follow are mostly its consequences. The message is left out, see reason.go. */
static void on_parse_error(void *data, vs_error *error) {
  xmlParserCtxtPtr ctxt = data;
  vs_report **report = ctxt->_private;
  if (error->level < XML_ERR_ERROR || *report != NULL)
    return;
  vs_violation *v = add(report, VS_MALFORMED);
  if (v == NULL)
    return;
  v->line = error->line;
  v->column = error->int2;
  v->code = error->code;
}

/* Stops at a document type declaration before any of its content is read. */
static void on_doctype(void *data, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id) {
  (void)name, (void)public_id, (void)system_id;
  xmlParserCtxtPtr ctxt = data;
  vs_violation *v = add(ctxt->_private, VS_DOCTYPE);
  if (v != NULL && ctxt->input != NULL)
    v->line = ctxt->input->line;
  xmlStopParser(ctxt);
}

/* Builds the tree as libxml2 does by itself, and stops where each name would be looked up among too many prefixes. */
static void on_start_element(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *namespace,
                             int namespace_count, const xmlChar **namespaces, int attribute_count, int defaulted,
                             const xmlChar **attributes) {
  xmlParserCtxtPtr ctxt = data;
  if (ctxt->nsNr > 2 * VS_MAX_NAMESPACES) { /* a prefix and a namespace each */
    vs_violation *v = add(ctxt->_private, VS_MALFORMED);
    if (v != NULL && ctxt->input != NULL) {
      v->line = ctxt->input->line;
      v->code = XML_ERR_INTERNAL_ERROR;
    }
    xmlStopParser(ctxt);
    return;
  }
  xmlSAX2StartElementNs(data, name, prefix, namespace, namespace_count, namespaces, attribute_count, defaulted,
                        attributes);
}

static xmlDocPtr parse(const char *text, int size, vs_report **report) {
  xmlParserCtxtPtr ctxt = xmlNewParserCtxt();
  if (ctxt == NULL) {
    *report = &out_of_memory;
    return NULL;
  }
  ctxt->_private = report;
  ctxt->sax->serror = on_parse_error;
  ctxt->sax->internalSubset = on_doctype;
  ctxt->sax->startElementNs = on_start_element;
  xmlDocPtr doc = xmlCtxtReadMemory(ctxt, text, size, NULL, NULL, parse_options);
  if (*report == NULL && (doc == NULL || !ctxt->wellFormed || !ctxt->nsWellFormed)) {
    vs_violation *v = add(report, VS_MALFORMED);
    if (v != NULL)
      v->code = ctxt->errNo;
  }
  xmlFreeParserCtxt(ctxt);
  return doc;
}

/* ---- Validating ---- */

static void on_schema_error(void *data, vs_error *error) {
  vs_violation *v = add(data, VS_SCHEMA_INVALID);
  if (v == NULL)
    return;
  v->line = error->line;
  v->code = error->code;
  set_message(v, error->message);
  if (error->node != NULL)
    set_path(v, error->node);
}

/* A bare message would be valid, since every message is a global element: only an envelope may be the document. */
static int is_envelope(const xmlNode *root) {
  static const xmlChar *const soap[] = {
    BAD_CAST "http://schemas.xmlsoap.org/soap/envelope/",
    BAD_CAST "http://www.w3.org/2003/05/soap-envelope",
  };
  return root != NULL && root->ns != NULL && xmlStrEqual(root->name, BAD_CAST "Envelope") &&
         (xmlStrEqual(root->ns->href, soap[0]) || xmlStrEqual(root->ns->href, soap[1]));
}

static void judge(xmlSchemaPtr schema, xmlDocPtr doc, vs_report **report) {
  xmlNodePtr root = xmlDocGetRootElement(doc);
  if (!is_envelope(root)) {
    vs_violation *v = add(report, VS_SCHEMA_INVALID);
    if (v != NULL && root != NULL) {
      v->line = (int)xmlGetLineNo(root);
      v->code = XML_SCHEMAV_CVC_ELT_1;
      set_path(v, root);
    }
    return;
  }
  xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);
  if (valid == NULL) {
    *report = &out_of_memory;
    return;
  }
  xmlSchemaSetValidStructuredErrors(valid, on_schema_error, report);
  int result = xmlSchemaValidateDoc(valid, doc);
  xmlSchemaFreeValidCtxt(valid);
  if (result != 0 && *report == NULL) {
    vs_violation *v = add(report, VS_SCHEMA_INVALID);
    if (v != NULL)
      v->code = XML_SCHEMAV_INTERNAL;
  }
}

vs_reading vs_read(uintptr_t schema, const char *text, int size) {
  vs_reading got = {NULL, NULL, NULL};
  got.doc = parse(text, size, &got.report);
  got.root = xmlDocGetRootElement(got.doc);
  if (got.report == NULL && schema != 0)
    judge((xmlSchemaPtr)schema, got.doc, &got.report);
  return got;
}

void vs_doc_free(xmlDocPtr doc) {
  if (doc != NULL)
    xmlFreeDoc(doc);
}

vs_report *vs_validate(uintptr_t schema, const char *text, int size) {
  vs_reading got = vs_read(schema, text, size);
  vs_doc_free(got.doc);
  return got.report;
}
