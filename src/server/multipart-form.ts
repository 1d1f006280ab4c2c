/** Whether a request says that it is a form of several parts, which may bring files. */
export function isMultipart({ headers }: Request): boolean {
  return headers.get('content-type')?.toLowerCase().startsWith('multipart/form-data') ?? false;
}

/** Has `look` see the form of a request when it is read; what it throws is thrown there. */
export function onForm(request: Request, look: (form: FormData) => void): void {
  const read = request.formData.bind(request);
  request.formData = async () => {
    const form = await read();
    look(form);
    return form;
  };
}
