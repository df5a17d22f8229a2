// @ts-check
// The visitor's camera: what it sees, and a picture of it as a file.

/** Why there is no camera, in a sentence. @param {any} error */
function refuseCamera(error) {
  if (error?.name === "NotAllowedError") return "The camera was refused: allow it in the browser, or choose files.";
  if (error?.name === "NotFoundError") return "This device has no camera: choose files.";
  if (error?.name === "NotReadableError") return "Another program uses the camera: close it there, or choose files.";
  return "The browser gives this page no camera: choose files.";
}

/**
 * A button that opens the camera in `host`, where each press of "Take picture" hands `take` a JPEG file, until it is
 * closed, or its tab is left. `refuse` gets one sentence where there is no camera to be had.
 * @param {HTMLElement} button @param {HTMLElement} host
 * @param {{ take: (file: File) => void, refuse: (sentence: string) => void }} how
 */
function camera(button, host, { take, refuse }) {
  /** @type {MediaStream | null} */
  let stream = null;
  let count = 0, isAsked = false;
  const video = make("video", { muted: true, playsinline: true, aria: { label: "What the camera sees" } });
  const shoot = make("button.shoot", { onclick: snap }, "Take picture");
  const view = make("div.kit-camera", video, make("div", shoot, make("button", { onclick: close }, "Close camera")));
  const seen = new IntersectionObserver(() => host.offsetParent || close());
  function close() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    seen.disconnect();
    view.remove();
    set(button, { hidden: false });
    if (host.offsetParent) button.focus();
  }
  function snap() {
    if (!video.videoWidth) return;
    const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    const name = `camera ${++count}.jpg`;
    canvas.toBlob((/** @type {Blob} */ blob) => take(new File([blob], name, { type: blob.type })), "image/jpeg", 0.92);
  }
  button.addEventListener("click", async () => {
    if (isAsked || stream) return;
    isAsked = true;
    try {
      const wanted = { facingMode: "environment", width: { ideal: 640 }, height: { ideal: 480 } };
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
      video.srcObject = stream;
      host.append(view);
      await video.play();
      set(button, { hidden: true });
      shoot.focus();
      seen.observe(view);
    } catch (error) {
      close();
      refuse(refuseCamera(error));
    }
    isAsked = false;
  });
}
