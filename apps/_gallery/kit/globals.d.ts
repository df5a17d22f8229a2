// What a widget's script finds around it: gradio's own arguments, and the two objects that the page makes.

/** The component's element; its first child is the widget's <div>. */
declare const element: HTMLElement;
/** `value` is what Python sent last. */
declare const props: { value: any } & Record<string, any>;
/** Sends an event to Python, where it is `gr.EventData`. */
declare function trigger(event: string, data?: object): void;
/** Calls `then` when Python has changed a prop. */
declare function watch(prop: string | string[], then: () => void): void;
/** Hands the server a file. */
declare function upload(file: File): Promise<{ path: string; url: string }>;
/** Python functions that the component was given. */
declare const server: Record<string, (...given: any[]) => Promise<any>>;
/** The page's own script. */
declare const tenweeks: any;
/** Definitions of key words, from glossary.py. */
declare const TERMS: Record<string, string>;
