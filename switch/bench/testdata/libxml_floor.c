/*
 * The floor of the message figures: parses and validates one document over and over with libxml2 alone, a fresh
 * document and a fresh validation context each time, on one compiled schema.
 *
 *   libxml_floor SCHEMA DOCUMENT THREADS MILLISECONDS
 *
 * prints how many times it did so, and how many nanoseconds that took by the clock on the wall.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

enum { max_threads = 64, max_document = 1 << 20, calls_between_looks = 32 };

static char         document[max_document];
static int          document_size;
static xmlSchemaPtr schema;
static long long    deadline;

static _Noreturn void die(const char *why) {
  fprintf(stderr, "libxml_floor: %s\n", why);
  exit(1);
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void judge(void) {
  xmlDocPtr doc = xmlReadMemory(document, document_size, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
  if (doc == NULL)
    die("the document is not well-formed");
  xmlSchemaValidCtxtPtr context = xmlSchemaNewValidCtxt(schema);
  if (context == NULL || xmlSchemaValidateDoc(context, doc) != 0)
    die("the document is not valid");
  xmlSchemaFreeValidCtxt(context);
  xmlFreeDoc(doc);
}

static void *work(void *count) {
  long done = 0;
  while (now() < deadline) {
    for (int i = 0; i < calls_between_looks; i++)
      judge();
    done += calls_between_looks;
  }
  *(long *)count = done;
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 5)
    die("usage: libxml_floor SCHEMA DOCUMENT THREADS MILLISECONDS");
  FILE *f = fopen(argv[2], "rb");
  if (f == NULL)
    die("cannot open the document");
  document_size = (int)fread(document, 1, sizeof document, f);
  fclose(f);
  int threads = atoi(argv[3]);
  if (threads < 1 || threads > max_threads)
    die("number of threads out of range");

  xmlInitParser();
  xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(argv[1]);
  if (parser == NULL || (schema = xmlSchemaParse(parser)) == NULL)
    die("the schema does not compile");
  xmlSchemaFreeParserCtxt(parser);
  judge();

  pthread_t thread[max_threads];
  long      count[max_threads], total = 0;
  long long began = now();
  deadline = began + atoll(argv[4]) * 1000000;
  for (int i = 0; i < threads; i++)
    if (pthread_create(&thread[i], NULL, work, &count[i]) != 0)
      die("cannot start a thread");
  for (int i = 0; i < threads; i++) {
    pthread_join(thread[i], NULL);
    total += count[i];
  }
  printf("%ld %lld\n", total, now() - began);
  return 0;
}
